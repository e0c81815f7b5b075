/* Rows that lead to papers. Whatever is in them comes as words and is set as words: nothing of it is read as HTML. */

const LEAST = 120; // pixels of a column that takes what the others leave

/* Where one was in the rows that were left last; whoever comes back by the browser's button finds himself there. */
let left = {};
let back = false;
addEventListener("popstate", (event) => { back = event.isTrusted; });
const scrolled = () => document.querySelectorAll('[data-testid="stMain"], .paper-rows .rows');
const resume = () => {
  if (back && left.href === location.href) scrolled().forEach((one, place) => { one.scrollTop = left.tops[place]; });
  back = false;
};

const enter = (href) => {
  left = { href: location.href, tops: [...scrolled()].map((one) => one.scrollTop) };
  go(href);
};

const leads = (link, follow = enter) => {
  link.addEventListener("click", (event) => {
    event.stopPropagation();
    if (isElsewhere(event)) return;
    event.preventDefault();
    follow(link.href);
  });
  return link;
};

const cellOf = (said, href) => {
  const { text, tone, icon, small, right } = typeof said === "object" ? said : { text: said };
  const cell = make("td", right ? "right" : "");
  const place = href ? cell.appendChild(leads(make("a"))) : cell;
  if (href) place.href = href;
  if (icon) place.append(signOf(icon));
  const words = href ? place.appendChild(make("span", "words")) : place;
  words.append(make("span", tone, text));
  if (small) {
    const line = words.appendChild(make("small"));
    for (const [part, look] of small) line.append(make("span", look, part), " ");
  }
  if (!small) cell.title = text;
  return cell;
};

const boxOf = (label, checked, change) => {
  const box = make("input");
  Object.assign(box, { type: "checkbox", checked: checked === true, disabled: checked === null });
  box.setAttribute("aria-label", label);
  box.addEventListener("change", () => change(box.checked));
  return box;
};

const headOf = ({ label, right, href, order }, turn) => {
  const head = make("th", right ? "right" : "", href ? undefined : label);
  head.scope = "col";
  if (href) {
    const link = head.appendChild(leads(make("a", "", label), turn));
    link.href = href;
    if (order) {
      head.setAttribute("aria-sort", order);
      link.append(signOf(order === "ascending" ? "arrow_upward" : "arrow_downward"));
    }
  }
  return head;
};

const above = ({ chips, notes }, turn) => {
  const strip = make("nav", "chips");
  for (const { label, href, on, flips } of chips) {
    const flip = flips && (() => turn(`${location.href.split("?")[0]}?flip=${flips}`));
    const chip = strip.appendChild(leads(make("a", on ? "on" : "", label), flip || turn));
    chip.href = href;
    if (on) chip.setAttribute("aria-current", "true");
  }
  for (const [words, look] of notes) strip.append(make("span", look, words));
  return strip;
};

/* 1 ... 4 5 6 ... 12: the ends, and what lies beside the page that is shown. */
const numbersOf = ({ page, count }) => {
  const shown = [1, page - 1, page, page + 1, count].filter((one) => one >= 1 && one <= count);
  return [...new Set(shown)].flatMap((one, place, all) => (place && one > all[place - 1] + 1 ? [0, one] : [one]));
};

const below = ({ foot, pages }, turn) => {
  const strip = make("div", "foot");
  strip.append(make("span", "", foot));
  if (!pages) return strip;
  const { page, count, href, names } = pages;
  const pager = strip.appendChild(make("nav", "pages"));
  const link = (one, words, name) => {
    if (one < 1 || one > count || one === page) return pager.append(make("span", one === page ? "on" : "quiet", words));
    const to = new URL(href, location.origin);
    if (one > 1) to.searchParams.set("page", one);
    const made = pager.appendChild(leads(make("a", "", words), turn));
    made.href = to.href;
    if (name) made.setAttribute("aria-label", name);
  };
  link(page - 1, "‹", names[0]);
  for (const one of numbersOf(pages)) one ? link(one, `${one}`) : pager.append(make("span", "quiet", "…"));
  link(page + 1, "›", names[1]);
  return strip;
};

const handles = (whole) => [...whole.querySelectorAll("a, input")];

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  // by the portal, not by the address: what is typed beside and not sent yet is not lost
  const turn = (href) => setTriggerValue("turned", new URL(href).search);
  const ticked = (parentElement.ticked ??= new Set());
  const offered = data.rows.filter((row) => row.tick).map((row) => row.id);
  const boxes = new Map();
  let all;
  const tell = () => {
    for (const [id, box] of boxes) box.checked = ticked.has(id);
    all.checked = offered.length > 0 && offered.every((id) => ticked.has(id));
    setStateValue("ticked", [...ticked]);
  };
  const set = (ids, checked) => {
    for (const id of ids) ticked[checked ? "add" : "delete"](id);
    tell();
  };

  const table = make("table");
  const columns = table.appendChild(make("colgroup"));
  const heads = table.appendChild(make("thead")).appendChild(make("tr"));
  if (data.every) {
    columns.append(make("col", "box"));
    all = boxOf(data.every, offered.length ? offered.every((id) => ticked.has(id)) : null, (on) => set(offered, on));
    heads.appendChild(make("th", "box")).append(all);
  }
  for (const column of data.columns) {
    columns.appendChild(make("col")).style.width = column.width ? `${column.width}px` : "";
    heads.append(headOf(column, turn));
  }
  const body = table.appendChild(make("tbody"));
  for (const row of data.rows) {
    const line = body.appendChild(make("tr"));
    line.addEventListener("click", (event) => {
      if (getSelection().toString()) return;
      if (isElsewhere(event)) open(row.href);
      else enter(row.href);
    });
    if (data.every) {
      const box = boxOf(row.name, row.tick ? ticked.has(row.id) : null, (on) => set([row.id], on));
      const cell = line.appendChild(make("td", "box"));
      cell.addEventListener("click", (event) => event.stopPropagation());
      cell.append(box);
      boxes.set(row.id, box);
    }
    row.cells.forEach((said, place) => line.append(cellOf(said, place === 0 && row.href)));
  }

  table.style.minWidth = `${data.columns.reduce((sum, { width = LEAST }) => sum + width, 0)}px`;
  const whole = make("div", `paper-rows ${data.look}`);
  if (data.chips.length + data.notes.length) whole.append(above(data, turn));
  if (data.rows.length) whole.appendChild(make("div", "rows")).append(table);
  if (data.foot || data.pages) whole.append(below(data, turn));
  const before = parentElement.querySelector(":scope > .paper-rows");
  const focused = before ? handles(before).indexOf(document.activeElement) : -1;
  before ? before.replaceWith(whole) : parentElement.append(whole);
  handles(whole)[focused]?.focus({ preventScroll: true }); // who goes by keyboard stays where he is
  requestAnimationFrame(resume);
}
