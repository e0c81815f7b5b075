/* What the pieces of ours in a page share (ui/script.py): it stands before each of them. */

const make = (tag, className, words) => {
  const one = document.createElement(tag);
  if (className) one.className = className;
  if (words !== undefined) one.textContent = words;
  return one;
};

/* A sign of the font of signs: its name is no word, neither for whoever listens nor for a browser that translates. */
const signOf = (name) => {
  const sign = make("span", "icon", name);
  sign.setAttribute("aria-hidden", "true");
  sign.translate = false;
  return sign;
};

/* Is the click meant for a tab or a window of its own? */
const isElsewhere = (event) => event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

/* Go on within the page, as the browser's own "back" does: Streamlit listens to it. */
const go = (href) => {
  if (href === location.href) history.replaceState({}, "", href);
  else history.pushState({}, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
};
