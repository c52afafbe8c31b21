// Put into pages by assetbuild's dev server, never in production.
(() => {
  const source = new EventSource("/__assetbuild/events");
  let build = null;
  let overlay = null;

  const show = (text) => {
    hide();
    overlay = document.createElement("assetbuild-overlay");
    // a shadow root: the page's styles must not reach the overlay, nor its styles the page
    const root = overlay.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent =
      ":host{position:fixed;inset:0;z-index:2147483647;background:#0009;overflow:auto;padding:4vh 4vw}" +
      "pre{margin:0;padding:1.5em;background:#1d1f21;color:#f4f4f4;border-top:6px solid #d33;" +
      "font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}" +
      "button{position:absolute;right:5vw;top:5vh;font:inherit;color:#fff;background:none;border:0;cursor:pointer}";
    const text_box = document.createElement("pre");
    text_box.textContent = text;
    const close = document.createElement("button");
    close.textContent = "close";
    close.onclick = hide;
    root.append(style, text_box, close);
    (document.body || document.documentElement).append(overlay);
  };
  const hide = () => {
    if (overlay) overlay.remove();
    overlay = null;
  };
  const absolute = (url) => new URL(url, location.href).href;

  const swap = (swaps) => {
    const wanted = new Map(Object.entries(swaps).map(([from, to]) => [absolute(from), to]));
    for (const link of document.querySelectorAll('link[rel~="stylesheet"]')) {
      const to = wanted.get(link.href);
      if (!to) continue;
      const next = link.cloneNode();
      next.removeAttribute("integrity");
      next.href = to;
      // the old sheet stays until the new one is there: no flash of a page without styles
      next.onload = () => link.remove();
      link.after(next);
    }
    for (const image of document.images) {
      const to = wanted.get(image.src);
      if (to) image.src = to;
    }
  };

  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.type === "problem") return show(event.problem);
    if (event.type === "hello") {
      // the server was started again, with other bytes
      if (build !== null && event.build && build !== event.build) return location.reload();
      build = event.build;
      if (event.problem) show(event.problem);
      return;
    }
    build = event.build;
    hide();
    if (event.reload) location.reload();
    else swap(event.swaps);
  };
  addEventListener("pagehide", () => source.close());
})();
