// The function that dart_sass.py calls. Files are handed in; what is missing is asked for by its
// importer and its URL, and the call is made again with it.
var assetbuildSass = (function () {
  var SCHEME = "assetbuild-source:/";
  var sass = null;

  // Dart asks for the page's address to shorten paths in stack traces
  if (typeof location === "undefined") globalThis.location = { href: "file:///" };

  // Dart Sass passes URL objects through its interface; engines without one get the little it reads
  if (typeof URL === "undefined") {
    globalThis.URL = function (href) {
      this.href = String(href);
    };
    globalThis.URL.prototype.toString = function () {
      return this.href;
    };
  }

  function toUrl(name) {
    return new URL(SCHEME + name.split("/").map(encodeURIComponent).join("/"));
  }

  function toName(url) {
    var text = url ? String(url.href || url) : "";
    return text.indexOf(SCHEME) === 0 ? decodeURIComponent(text.slice(SCHEME.length)) : null;
  }

  function tellSpan(span, entry) {
    if (!span) return null;
    return {
      file: toName(span.url) || entry,
      line: span.start.line + 1,
      column: span.start.column + 1,
      length: span.start.line === span.end.line ? span.end.column - span.start.column : 1,
    };
  }

  return function (request) {
    sass = sass || assetbuildRequire();
    var needs = [];
    var warnings = [];
    var importer = {
      nonCanonicalScheme: ["pkg"],
      canonicalize: function (url, context) {
        if (url.indexOf(SCHEME) === 0) return null;
        var from = toName(context.containingUrl);
        if (from === null) return null;
        var found = request.edges[[from, url, context.fromImport].join("\n")];
        if (found === undefined) {
          needs.push([from, url, context.fromImport]);
          return null;
        }
        return found === null ? null : toUrl(found);
      },
      load: function (url) {
        var file = request.files[toName(url)];
        return { contents: file.text, syntax: file.syntax, sourceMapUrl: url };
      },
    };
    try {
      var made = sass.compileString(request.files[request.entry].text, {
        syntax: request.files[request.entry].syntax,
        url: toUrl(request.entry),
        importer: importer,
        importers: [importer],
        sourceMap: request.map,
        charset: false,
        logger: {
          warn: function (message, options) {
            warnings.push({
              message: String(message),
              place: tellSpan(options.span, request.entry),
              deprecation: (options.deprecationType && options.deprecationType.id) || null,
              isDebug: false,
            });
          },
          debug: function (message, options) {
            warnings.push({
              message: String(message),
              place: tellSpan(options.span, request.entry),
              deprecation: null,
              isDebug: true,
            });
          },
        },
      });
      if (needs.length) return { needs: needs };
      return {
        css: made.css,
        map: made.sourceMap ? JSON.stringify(made.sourceMap) : null,
        warnings: warnings,
      };
    } catch (failure) {
      if (needs.length) return { needs: needs };
      if (!failure || failure.sassMessage === undefined) throw failure;
      return {
        error: { message: failure.sassMessage, place: tellSpan(failure.span, request.entry) },
      };
    }
  };
})();
