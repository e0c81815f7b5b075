/* The menu, and under it whose it is. Every word comes as words: nothing of it is read as HTML. */

const SHUT = "portal-menu-shut"; // which areas this browser keeps folded up
const NARROW = matchMedia("(max-width: 768px)"); // there the menu lies over the page

const mark = (menu, current) => {
  for (const link of menu.querySelectorAll("a")) {
    if (link.getAttribute("href") === current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
};

const goOn = (event, link) => {
  if (isElsewhere(event)) return false;
  event.preventDefault();
  go(link.href);
  return true;
};

/* Links in what the page draws as HTML, too: a class says that they stay inside. */
if (!window.linksInside) {
  window.linksInside = true;
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a.inside");
    if (link) goOn(event, link);
  });
}

const leave = (event, menu, link) => {
  if (!goOn(event, link)) return;
  mark(menu, link.getAttribute("href"));
  if (NARROW.matches) document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
};

const linkTo = (menu, { href, name, icon, count, strong }) => {
  const link = make("a");
  link.href = href;
  link.append(signOf(icon));
  const words = link.appendChild(make("span", "words"));
  words.append(strong ? make("strong", "", name) : name);
  if (count) words.append(" ", make("strong", "", count));
  link.addEventListener("click", (event) => leave(event, menu, link));
  return link;
};

const folded = () => {
  try {
    return new Set(JSON.parse(localStorage.getItem(SHUT) ?? "[]"));
  } catch {
    return new Set(); // a browser that keeps nothing, or kept something else, shows all
  }
};

const listOf = (menu, pages) => {
  const list = make("ul");
  for (const page of pages) list.appendChild(make("li")).append(linkTo(menu, page));
  return list;
};

const areaOf = (menu, { key, name, pages }) => {
  const area = make("details");
  area.open = !folded().has(key);
  area.addEventListener("toggle", () => {
    const shut = folded();
    shut[area.open ? "delete" : "add"](key);
    try { localStorage.setItem(SHUT, JSON.stringify([...shut])); } catch { /* then it is forgotten */ }
  });
  const head = area.appendChild(make("summary"));
  head.append(make("span", "", name), signOf("expand_more"));
  area.append(listOf(menu, pages));
  return area;
};

export default function ({ data, parentElement }) {
  const said = JSON.stringify(data.menu);
  let menu = parentElement.querySelector(":scope > .portal-menu");
  if (menu?.said !== said) {
    const fresh = make("nav", "portal-menu");
    fresh.said = said;
    const { first, areas, own, roles } = data.menu;
    fresh.append(listOf(fresh, first), ...areas.map((area) => areaOf(fresh, area)), make("hr"));
    fresh.append(linkTo(fresh, own[0]), make("small", "", roles), ...own.slice(1).map((page) => linkTo(fresh, page)));
    menu ? menu.replaceWith(fresh) : parentElement.append(fresh);
    menu = fresh;
  }
  mark(menu, data.current);
}
