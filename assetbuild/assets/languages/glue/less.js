// The function that less.py calls. Files are handed in; what is missing is asked for by its
// importing folder and its name, and the call is made again with it.
var assetbuildLess = (function () {
  var files = {};
  var needs = [];
  var waiting = [];
  var compiler = null;
  var hasMaps = false;

  function key(folder, name) {
    return folder + "\n" + name;
  }

  // read as an error by callers of loadFile, and as one itself where imports are synchronous
  function fail(message) {
    var failure = { type: "File", message: message };
    return { error: failure, type: failure.type, message: message };
  }

  // where imports are read as they are met, comments before them change places
  function later(loaded) {
    return {
      then: function (take, refuse) {
        waiting.push(function () {
          if (loaded.error) refuse(loaded.error);
          else take(loaded);
        });
      },
    };
  }

  function makeCompiler() {
    var exported = assetbuildRequire();
    hasMaps = !!exported.sourceMap;
    var make = exported.less.default || exported.less;
    function Manager() {}
    var environment = {
      encodeBase64: function (value) {
        return value.base64;
      },
      mimeLookup: function (name) {
        return assetbuildMediaTypes[(/\.[^.]*$/.exec(name) || [""])[0].toLowerCase()]
          || "application/octet-stream";
      },
      charsetLookup: function (type) {
        return /^text\//.test(type) || type === "image/svg+xml" ? "UTF-8" : "";
      },
      getSourceMapGenerator: function () {
        return exported.sourceMap.SourceMapGenerator;
      },
    };
    var less = make(environment, [], exported.version);
    Manager.prototype = new less.AbstractFileManager();
    Manager.prototype.supports = function () {
      return true;
    };
    Manager.prototype.supportsSync = function () {
      return true;
    };
    Manager.prototype.loadFileSync = function (name, folder) {
      var found = files[key(folder, name)];
      if (found === undefined) {
        needs.push([folder, name]);
        return fail("not here yet: " + name);
      }
      if (found === null) {
        return fail('cannot find "' + name + '" to import');
      }
      if (found.base64 !== undefined) {
        found.toString = function () {
          return found.text;
        };
        return { filename: found.name, contents: found };
      }
      return { filename: found.name, contents: found.text };
    };
    Manager.prototype.loadFile = function (name, folder) {
      return later(this.loadFileSync(name, folder));
    };
    less.environment.fileManagers.push(new Manager());
    // what evaluates plugins takes their names apart with it
    less.FileManager = Manager;
    // what a function returned is joined as text without a map, and must be a text with one
    var output = less.SourceMapOutput && less.SourceMapOutput.prototype;
    if (output && output.add) {
      var add = output.add;
      output.add = function (chunk) {
        if (chunk !== undefined && chunk !== null) arguments[0] = String(chunk);
        return add.apply(this, arguments);
      };
    }
    function Loader() {
      this.less = less;
    }
    Loader.prototype = new less.AbstractPluginLoader();
    Loader.prototype.loadPlugin = function (name, folder, context, environment, manager) {
      return later(manager.loadFileSync(name, folder));
    };
    less.PluginLoader = Loader;
    return less;
  }

  return function (request) {
    compiler = compiler || makeCompiler();
    files = request.files;
    needs = [];
    waiting = [];
    var answer = null;
    var warnings = [];
    var listener = {
      warn: function (message) {
        warnings.push(String(message));
      },
    };
    compiler.logger.addListener(listener);
    try {
      compiler.render(
        request.text,
        {
          filename: request.display,
          math: request.math,
          strictUnits: request.strictUnits,
          rewriteUrls: request.rewriteUrls,
          javascriptEnabled: request.javascript,
          sourceMap:
            request.map && hasMaps
              ? // LESS 4.7 names a map in the CSS, by a name that ours does not have
                { outputSourceFiles: false, disableSourcemapAnnotation: true }
              : undefined,
          compress: false,
        },
        function (failure, made) {
          if (failure) {
            answer = {
              error: {
                message: String(failure.message || failure),
                file: failure.filename || request.display,
                line: failure.line || 1,
                column: (failure.column || 0) + 1,
              },
            };
          } else {
            answer = { css: made.css, map: made.map || null, imports: made.imports };
          }
        }
      );
      while (waiting.length) waiting.shift()();
    } finally {
      compiler.logger.removeListener(listener);
    }
    if (needs.length) return { needs: needs };
    if (answer === null) throw new Error("less did not answer");
    answer.warnings = warnings;
    return answer;
  };
})();
