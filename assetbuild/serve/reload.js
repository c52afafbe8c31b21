// Put into pages by assetbuild's dev server, never in production.
(() => {
  // "assetbuild serve" before a framework's own dev server: both put the script into the page
  if (window.__assetbuild) return;
  window.__assetbuild = true;
  const script = new URL(document.currentScript.src);
  const source = new EventSource(new URL("events", script));
  // the build that this page was made from; the stream's first event names the newest
  let build = script.search.slice(1);
  // what the app is mounted below: events name URLs without it
  const mount = new URL("..", script).pathname.slice(0, -1);
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
    const box = document.createElement("pre");
    box.textContent = text;
    const close = document.createElement("button");
    close.textContent = "close";
    close.onclick = hide;
    root.append(style, box, close);
    (document.body || document.documentElement).append(overlay);
  };
  const hide = () => {
    if (overlay) overlay.remove();
    overlay = null;
  };
  const absolute = (url) => new URL(url, location.href).href;
  const mounted = (url) =>
    /^\/(?!\/)/.test(url) && !url.startsWith(mount + "/") ? mount + url : url;

  // once for each build: a page that a cache gives back would load itself for ever
  const isFirst = (id) => {
    const seen = sessionStorage.getItem("assetbuild");
    sessionStorage.setItem("assetbuild", id);
    return seen !== id;
  };

  // a sheet -> those that leave once it is there: another change may come before
  const olderSheets = new WeakMap();
  const leaving = new WeakSet();

  const swap = (swaps) => {
    const wanted = new Map(
      Object.entries(swaps).map(([from, to]) => [absolute(mounted(from)), mounted(to)]),
    );
    for (const link of document.querySelectorAll('link[rel~="stylesheet"]')) {
      const to = wanted.get(link.href);
      if (!to || leaving.has(link)) continue;
      const next = link.cloneNode();
      next.removeAttribute("integrity");
      next.href = to;
      // the old sheet stays until the new one is there: no flash of a page without styles
      const older = [link, ...(olderSheets.get(link) ?? [])];
      leaving.add(link);
      olderSheets.set(next, older);
      next.onload = () => older.forEach((one) => one.remove());
      link.after(next);
    }
    for (const image of document.querySelectorAll("img, source")) {
      const to = wanted.get(image.src);
      if (to) image.src = to;
      if (!image.srcset) continue;
      // "a.png 1x, b.png 2x": a candidate's URL has no space, and no comma at its end
      const set = image.srcset.replace(/[^\s,]\S*[^\s,]/g, (url) => wanted.get(absolute(url)) ?? url);
      if (set !== image.srcset) image.srcset = set;
    }
  };

  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.type === "problem") return show(event.problem);
    if (event.type === "hello") {
      // changed before the page listened, or the server was started again, with other bytes
      if (event.build && build !== event.build && isFirst(event.build)) return location.reload();
      // a server that was started again may have come back mended
      return event.problem ? show(event.problem) : hide();
    }
    build = event.build ?? build;
    hide();
    if (event.reload) location.reload();
    else swap(event.swaps);
  };
  source.onopen = () => (document.documentElement.dataset.assetbuild = "live");
  addEventListener("pagehide", () => source.close());
})();
