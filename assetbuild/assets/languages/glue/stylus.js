// The function that stylus.py calls. The compiler looks files up by itself, in a stack of folders:
// here it asks for them. What is missing counts as empty until the whole text was read, so that one
// more call brings many files at once.
var __dirname = "stylus:/";
// where modules of plugins find what the language has
globalThis.global = globalThis;
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
    resolve: function () {
      return Array.prototype.reduce.call(arguments, function (base, name) {
        return name[0] === "/" || /^pkg:/.test(name) ? name : path.join(base, name);
      });
    },
    isAbsolute: function (name) {
      return name[0] === "/";
    },
    relative: function (from, to) {
      return to;
    },
  };
  function Emitter() {}
  Emitter.prototype.emit = function () {};
  // only a plugin would: it wants the finished CSS
  Emitter.prototype.on = Emitter.prototype.once = function () {
    throw new Error("it changes the finished CSS, which is not supported");
  };
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
  var modules = {};
  var builtIn = {};

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
      // up to 0.54.5 by the name of its folder
      if (/^stylus:\/functions(\/index)?\.styl$/.test(name)) return [assetbuildStylusFunctions.name];
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
    stylus.functions.use = usePlugin;
    usePlugin.params = ["plugin", "options"];
    builtIn = Object.assign({}, stylus.functions);
  }

  function usePlugin(plugin, options) {
    stylus.utils.assertString(plugin, "plugin");
    if (options) stylus.utils.assertType(options, "object", "options");
    var found = ask("plugin", this.options.paths, plugin.string);
    if (found === null) throw new Error('cannot find the plugin "' + plugin.string + '"');
    if (!found.length) return;
    try {
      var make = openModule(found[0]);
      if (typeof make !== "function") throw new Error("it does not export a function");
      this.renderer.use(make(options ? toPlain(options) : this.options));
    } catch (failure) {
      var kind = failure.name === "Error" ? "" : failure.name + ": ";
      throw new Error('the plugin "' + plugin.string + '" failed: ' + kind + failure.message);
    }
  }

  // a module of a plugin, which sees no disk and no process
  function openModule(name) {
    if (modules[name]) return modules[name].exports;
    var module = (modules[name] = { exports: {}, id: name, filename: name });
    if (/\.json$/.test(name)) {
      module.exports = JSON.parse(texts[name]);
      return module.exports;
    }
    var folder = assetbuildStylusModules.path.dirname(name);
    var run = (0, eval)(
      "(function (exports, require, module, __filename, __dirname, process) {" +
        texts[name] +
        "\n})"
    );
    var process = { env: {} };
    run.call(module.exports, module.exports, requireFrom(folder), module, name, folder, process);
    return module.exports;
  }

  function requireFrom(folder) {
    return function (wanted) {
      if (wanted === "stylus") return stylus;
      if (/^(node:)?path$/.test(wanted)) return assetbuildStylusModules.path;
      var part = /^stylus\/lib\/(nodes|utils|functions)$/.exec(wanted);
      if (part) return stylus[part[1]];
      var found = ask("module", [folder], wanted);
      // a path that was made of __dirname
      if (found === null && wanted[0] !== ".") found = ask("module", ["."], "./" + wanted);
      if (found && found.length) return openModule(found[0]);
      throw new Error(
        'it requires "' + wanted + '", which is no package of the app and not "path" or "stylus"'
      );
    };
  }

  // a hash of Stylus as a plugin's options
  function toPlain(node) {
    var made = {};
    Object.keys(node.vals).forEach(function (key) {
      var list = node.vals[key].nodes[0].nodes;
      made[key] = list && list.length ? list.map(toValue) : toValue(node.vals[key].first);
    });
    return made;
  }
  function toValue(value) {
    if (value.nodeName === "object") return toPlain(value);
    if (value.nodeName === "boolean") return value.isTrue;
    if (value.nodeName === "unit" && !value.type) return +value.val;
    if (value.nodeName === "string" || value.nodeName === "literal") return value.val;
    return value.toString();
  }

  return function (request) {
    if (stylus === null) load();
    texts = request.texts;
    answers = request.answers;
    needs = [];
    warnings = [];
    // what a plugin of another source left
    modules = {};
    Object.keys(stylus.functions).forEach(function (name) {
      if (!builtIn[name]) delete stylus.functions[name];
    });
    Object.assign(stylus.functions, builtIn);
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
