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
  errors = errors.concat(assetbuildFindVanished(request));
  return { js: made.outputText, map: made.sourceMapText || null, errors: errors };
}

// What the compiler leaves out without a word: only its checker, which is not run, tells of it.
function assetbuildFindVanished(request) {
  var hasCommonjs = /\brequire\b|\bexport\s*=/.test(request.text);
  var hasDecorated = !request.decorators && /[(,]\s*@/.test(request.text);
  if (!hasCommonjs && !hasDecorated) return [];
  var source = ts.createSourceFile(request.display, request.text, ts.ScriptTarget.ESNext);
  var errors = [];
  function tell(node, message) {
    var start = ts.skipTrivia(request.text, node.pos);
    errors.push({ message: message, offset: start, length: node.end - start });
  }
  source.statements.forEach(function (one) {
    if (
      one.kind === ts.SyntaxKind.ImportEqualsDeclaration &&
      !one.isTypeOnly &&
      one.moduleReference.kind === ts.SyntaxKind.ExternalModuleReference
    ) {
      var name = one.name.text;
      tell(
        one,
        "TS1202: an ES module cannot import by require(): write import * as " + name + ' from "…"'
      );
    } else if (one.kind === ts.SyntaxKind.ExportAssignment && one.isExportEquals) {
      tell(one, "TS1203: an ES module has no export =: write export default");
    }
  });
  function visit(node) {
    if (node.kind === ts.SyntaxKind.Parameter) {
      // decorators are modifiers since TypeScript 4.8
      [].concat(node.modifiers || [], node.decorators || []).forEach(function (one) {
        if (one.kind !== ts.SyntaxKind.Decorator) return;
        tell(
          one,
          "TS1206: only the decorators of old decorate parameters: " +
            "set experimental-decorators = true in [language.typescript]"
        );
      });
    }
    ts.forEachChild(node, visit);
  }
  if (hasDecorated) visit(source);
  return errors;
}
