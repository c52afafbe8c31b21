// The function that typescript.py calls: one file at a time, as tsc's isolatedModules does.
function assetbuildTypescript(request) {
  var options = {
    target: ts.ScriptTarget[request.target],
    module: ts.ModuleKind.ESNext,
    jsx: ts.JsxEmit[request.jsx],
    newLine: ts.NewLineKind.LineFeed,
    sourceMap: true,
    isolatedModules: true,
    // ./a.ts is served as ./a.js
    rewriteRelativeImportExtensions: true,
    allowJs: true,
    experimentalDecorators: request.decorators,
    removeComments: false,
  };
  // each belongs to one form of JSX, and an import source alone would choose the other
  if (request.jsx === "React") {
    options.jsxFactory = request.jsxFactory;
    options.jsxFragmentFactory = request.jsxFragment;
  } else {
    options.jsxImportSource = request.jsxSource;
  }
  var made = ts.transpileModule(request.text, {
    compilerOptions: options,
    fileName: request.display,
    // without this a syntax error passes silently
    reportDiagnostics: true,
  });
  var errors = [];
  (made.diagnostics || []).forEach(function (one) {
    if (one.category !== ts.DiagnosticCategory.Error || one.start === undefined) return;
    errors.push({
      message: "TS" + one.code + ": " + ts.flattenDiagnosticMessageText(one.messageText, " "),
      offset: one.start,
      length: one.length || 1,
    });
  });
  return { js: made.outputText, map: made.sourceMapText || null, errors: errors };
}
