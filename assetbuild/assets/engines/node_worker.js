// The child of node.py: one line of JSON in, one line out, until its input ends. All of it is
// synchronous, so that a compiler finds no event loop, no process and no require.
"use strict";
(function (fs, vm, Buffer, exit) {
  var pending = [];
  var size = 0;
  var chunk = Buffer.alloc(1 << 16);
  var waiting = new Int32Array(new SharedArrayBuffer(4));

  function readLine() {
    for (;;) {
      var last = pending[pending.length - 1];
      var at = last === undefined ? -1 : last.indexOf(10);
      if (at >= 0) {
        pending[pending.length - 1] = last.subarray(0, at);
        var line = Buffer.concat(pending).toString("utf8");
        pending = at + 1 < last.length ? [last.subarray(at + 1)] : [];
        return line;
      }
      try {
        size = fs.readSync(0, chunk, 0, chunk.length, null);
      } catch (failure) {
        if (failure.code !== "EAGAIN") throw failure;
        Atomics.wait(waiting, 0, 0, 5);
        continue;
      }
      if (size === 0) return null;
      pending.push(Buffer.from(chunk.subarray(0, size)));
    }
  }

  function writeLine(value) {
    var data = Buffer.from(JSON.stringify(value) + "\n", "utf8");
    var at = 0;
    while (at < data.length) {
      try {
        at += fs.writeSync(1, data, at);
      } catch (failure) {
        if (failure.code !== "EAGAIN") throw failure;
        Atomics.wait(waiting, 0, 0, 5);
      }
    }
  }

  delete globalThis.process;
  delete globalThis.Buffer;
  delete globalThis.navigator;
  globalThis.console = new Proxy({}, { get: () => () => undefined });

  for (var line = readLine(); line !== null; line = readLine()) {
    try {
      var message = JSON.parse(line);
      if (message.scripts) {
        message.scripts.forEach(function (one) {
          vm.runInThisContext(one.text, { filename: one.label });
        });
        writeLine({ value: null });
      } else {
        writeLine({ value: vm.runInThisContext(message.function)(message.argument) });
      }
    } catch (failure) {
      writeLine({ error: String((failure && failure.stack) || failure) });
    }
  }
  exit(0);
})(require("fs"), require("vm"), Buffer, process.exit.bind(process));
