/* In every page of the dashboard: it follows the page's language, and clears the screen when the session ends. */
(() => {
  const watched = document.currentScript.dataset.watch === "1";
  // Streamlit looks for its server below the page's own address first, is refused, and waits before it looks here.
  window.__streamlit = { ...window.__streamlit, BACKEND_BASE_URL: location.origin };

  // --- Language ---------------------------------------------------------------------------------------------
  // Streamlit speaks English only. What it says by itself is said in the page's language here: its words, never a
  // text of ours, a user's or WB's. Numbers and days of its widgets follow the same language.
  const WORDS = {/*WORDS*/};
  const OWN = {/*OWN*/}; // and what it says of itself, also in English
  const GAP = "\ue000";
  const EXACT = new Map(Object.entries(WORDS).filter(([word]) => !word.includes(GAP)));
  const FILLED = Object.entries(WORDS).filter(([word]) => word.includes(GAP)).map(([word, ours]) => [
    new RegExp(`^${word.split(GAP).map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("(.+)")}$`),
    ours,
  ]);
  const SAID = ["aria-label", "aria-description", "aria-valuetext", "placeholder", "title", "alt"];
  const NOT_STREAMLITS = "[data-testid=stMarkdownContainer], [data-testid=stHtml], [role=option], pre, code, canvas";
  const STREAMLITS = "[data-testid=stDialog], [role=dialog]";
  const said = new WeakMap(); // what Streamlit had said where we say something else

  const lang = () => document.documentElement.lang;
  const LONGEST = 300; // a word of Streamlit's with what it has filled in
  const ours = (text, aloud) => {
    const key = text.trim();
    if (EXACT.has(key)) return EXACT.get(key);
    // A tool of a table or a chart says aloud whose it is: its description may be long.
    const at = aloud ? key.indexOf(": ") : -1;
    if (EXACT.has(key.slice(0, at))) return EXACT.get(key.slice(0, at)) + key.slice(at);
    if (key.length >= LONGEST) return null;
    for (const [pattern, word] of FILLED) {
      const met = pattern.exec(key);
      if (met) return word.replace(GAP, () => met[1]);
    }
    return null;
  };
  const retell = (holder, name, now, set) => {
    const kept = said.get(holder) || {};
    const russian = lang() === "ru";
    const word = (now && (russian ? ours(now, name !== "text") : OWN[now.trim()])) || null;
    if (word !== null && word !== now) {
      said.set(holder, { ...kept, [name]: [now, word] });
      set(word);
    } else if (!russian && kept[name] && kept[name][1] === now && !OWN[kept[name][0].trim()]) {
      set(kept[name][0]);
    }
  };
  // Streamlit says a label aloud as it is written, with its markup: it is said as it reads.
  const COLOURED = /:[a-z-]+\[((?:\\.|[^\]\\])*)\]/g, ESCAPED = /\\([!-\/:-@[-`{-~])|\u2060/g;
  const sayAsItReads = (node) => {
    const label = node.getAttribute("aria-label");
    const read = label.replace(COLOURED, "$1").replace(ESCAPED, "$1");
    if (read !== label) node.setAttribute("aria-label", read);
  };
  const tell = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const parent = node.parentElement;
      const foreign = parent && parent.closest(NOT_STREAMLITS);
      const dialogs = foreign && foreign.closest(STREAMLITS) && /^(streamlit run yourscript|Page not found|You have requested page|The page that you)/.test(node.data);
      if (parent && (!foreign || dialogs)) retell(node, "text", node.data, (word) => { node.data = word; });
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.hasAttribute("aria-label")) sayAsItReads(node);
    for (const name of SAID)
      if (node.hasAttribute(name)) retell(node, name, node.getAttribute(name), (word) => node.setAttribute(name, word));
  };
  const tellAll = (root) => {
    tell(root);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) tell(walker.currentNode);
  };
  const locale = () => (lang() === "ru" ? "ru-RU" : "en-GB");
  for (const [name, value] of [["language", locale], ["languages", () => [locale()]]])
    Object.defineProperty(Navigator.prototype, name, { configurable: true, get: value });

  const follow = () => {
    const told = document.querySelector("[data-wb-lang]");
    const chosen = told && told.dataset.wbLang;
    if (chosen && chosen !== lang()) {
      document.documentElement.lang = chosen;
      document.cookie = `wb-desk-lang=${chosen}; path=/; SameSite=Lax; max-age=31536000`;
      dispatchEvent(new Event("languagechange"));
      tellAll(document.body);
    }
  };
  let due = 0;
  new MutationObserver((changes) => {
    for (const change of changes)
      if (change.type === "childList") change.addedNodes.forEach(tellAll);
      else tell(change.target);
    if (!due) due = setTimeout(() => { due = 0; follow(); }, 100);
  }).observe(document, {
    childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: [...SAID, "data-wb-lang"],
  });
  // --- A tab that nobody sees -------------------------------------------------------------------------------
  // What repeats itself waits there, Streamlit's fragments above all, and is done once as soon as the tab is seen.
  const every = window.setInterval.bind(window), noMore = window.clearInterval.bind(window);
  const waiting = new Map();
  window.setInterval = (work, ms, ...rest) => {
    if (typeof work !== "function" || !(ms >= 500)) return every(work, ms, ...rest);
    const again = () => work(...rest);
    const id = every(() => (document.hidden ? waiting.set(id, again) : again()), ms);
    return id;
  };
  window.clearInterval = (id) => { waiting.delete(id); noMore(id); };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    const due = [...waiting.values()];
    waiting.clear();
    due.forEach((again) => again());
  });

  // A page's own button to print: no page may have a script of its own.
  document.addEventListener("click", (event) => {
    if (event.target.closest(".st-key-wb-print button")) setTimeout(() => window.print(), 300);
  });
  // "Copy and close" of the learning cabinet: copied before the page is drawn without the token.
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".st-key-learning-close button")) return;
    const shown = document.querySelector(".st-key-learning-token code");
    if (shown) navigator.clipboard?.writeText(shown.textContent.trim()).catch(() => {});
  }, true);
  if (!watched) return;

  const leave = () => {
    document.documentElement.replaceChildren();
    location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  };
  const ask = () => fetch("/_wb/here", { cache: "no-store" }).then(
    (answer) => (answer.status === 401 ? leave() : setTimeout(watch, 1000)),
    () => setTimeout(ask, 2000),
  );
  const watch = () => {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/_wb/watch`);
    socket.onclose = (event) => (event.code === 4401 ? leave() : ask());
  };
  watch();
  addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
})();
