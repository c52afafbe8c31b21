// The function that stylus.py calls. The compiler looks files up by itself, in a stack of folders:
// here it asks for them. What is missing counts as empty until the whole text was read, so that one
// more call brings many files at once.
var __dirname = "stylus:/";
var assetbuildStylusModules = (function () {
  function normalize(path) {
    var parts = [];
    path.split("/").forEach(function (part) {
      if (part === "..") {
        if (parts.length && parts[parts.length - 1] !== "..") parts.pop();
        else parts.push(part);
      } else if (part && part !== ".") parts.push(part);
    });
    return (path[0] === "/" ? "/" : "") + parts.join("/") || ".";
  }
  function basename(path, ending) {
    var name = path.slice(path.lastIndexOf("/") + 1);
    return ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
  }
  var path = {
    sep: "/",
    normalize: normalize,
    join: function () {
      return normalize(Array.prototype.filter.call(arguments, Boolean).join("/"));
    },
    dirname: function (name) {
      return name.indexOf("/") < 0 ? "." : name.slice(0, name.lastIndexOf("/")) || "/";
    },
    basename: basename,
    extname: function (name) {
      var found = /.(\.[^.\/]*)$/.exec(basename(name));
      return found ? found[1] : "";
    },
    isAbsolute: function (name) {
      return name[0] === "/";
    },
    relative: function (from, to) {
      return to;
    },
  };
  function Emitter() {}
  Emitter.prototype.on = Emitter.prototype.emit = function () {};
  Emitter.prototype.listeners = function () {
    return [];
  };
  var refuse = function (what) {
    return function () {
      throw new Error(what + " is not supported");
    };
  };
  return {
    path: path,
    fs: { openSync: refuse("image-size() of a picture") },
    events: { EventEmitter: Emitter },
    util: { inspect: String },
    debug: function () {
      return function () {};
    },
    glob: { sync: refuse("glob()") },
    buffer: {},
    url: { parse: refuse("url.parse") },
  };
})();
var assetbuildStylus = (function () {
  var texts = {};
  var answers = {};
  var needs = [];
  var warnings = [];
  var stylus = null;

  // names of files, null where there is none; empty while it is not known yet
  function ask(kind, folders, name) {
    var known = folders.filter(function (one, at) {
      return one.indexOf("stylus:") !== 0 && folders.indexOf(one) === at;
    });
    var key = JSON.stringify([kind, known, name]);
    if (answers[key] === undefined) {
      needs.push([key, kind, known, name]);
      return [];
    }
    return answers[key];
  }

  function load() {
    var disk = assetbuildStylusModules.fs;
    disk.readFileSync = function (name) {
      if (name === assetbuildStylusFunctions.name) return assetbuildStylusFunctions.text;
      if (typeof texts[name] !== "string") throw new Error("cannot read " + name);
      return texts[name];
    };
    disk.statSync = function () {
      return { mtime: 0 };
    };
    // its modules take these functions when they are loaded
    stylus = assetbuildRequire();
    stylus.utils.find = function (name, folders) {
      if (name === assetbuildStylusFunctions.name) return [name];
      return ask("import", folders, name) || undefined;
    };
    stylus.utils.lookupIndex = function () {};
    stylus.utils.lookup = function (name, folders) {
      return (ask("file", folders, name) || [])[0];
    };
    stylus.utils.formatException = function (failure, place) {
      failure.place = place;
      return failure;
    };
    stylus.functions.warn = function (message) {
      warnings.push(message.val);
      return stylus.nodes.null;
    };
    stylus.functions.warn.params = ["msg"];
    stylus.functions.use = function () {
      throw new Error("use() runs a plugin in JavaScript, which is not supported");
    };
  }

  return function (request) {
    if (stylus === null) load();
    texts = request.texts;
    answers = request.answers;
    needs = [];
    warnings = [];
    var renderer = new stylus.Renderer(request.text, {
      filename: request.display,
      cache: false,
      // an @import after a rule would be dead
      "hoist atrules": true,
      "include css": request.includeCss,
      sourcemap: request.map ? { comment: false } : undefined,
    });
    var answer = null;
    renderer.render(function (failure, css) {
      if (!failure) {
        answer = { css: css, map: request.map ? JSON.stringify(renderer.sourcemap) : null };
        return;
      }
      answer = {
        error: {
          message: String(failure.message),
          file: failure.place ? failure.place.filename : request.display,
          line: (failure.place && failure.place.lineno) || 1,
          column: (failure.place && failure.place.column) || 1,
        },
      };
    });
    if (needs.length) return { needs: needs };
    answer.warnings = warnings;
    return answer;
  };
})();
