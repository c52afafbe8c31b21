// The functions that coffee.py calls. CoffeeScript 2's browser build makes the global CoffeeScript;
// CoffeeScript 1 comes as CommonJS modules.
function assetbuildCoffee(request) {
  var compiler = typeof assetbuildRequire === "function" ? assetbuildRequire() : CoffeeScript;
  try {
    var made = compiler.compile(request.text, {
      bare: request.bare,
      literate: request.literate,
      filename: request.display,
      sourceMap: true,
      sourceFiles: [request.display],
      generatedFile: request.file,
    });
    return { js: made.js, map: made.v3SourceMap };
  } catch (failure) {
    var place = failure.location;
    if (!place) {
      if (failure instanceof SyntaxError || failure.message) {
        return { error: { message: String(failure.message), line: 1, column: 1, length: 1 } };
      }
      throw failure;
    }
    var isOneLine = place.last_line === undefined || place.last_line === place.first_line;
    var last = place.last_column === undefined ? place.first_column : place.last_column;
    return {
      error: {
        message: String(failure.message),
        line: place.first_line + 1,
        column: place.first_column + 1,
        length: isOneLine ? Math.max(1, last - place.first_column + 1) : 1,
      },
    };
  }
}
