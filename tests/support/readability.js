// What a page owes to everybody, as a list of faults. Run inside the page; returns sentences, none when all is well.
() => {
  const faults = [];
  const said = (element) => `${element.tagName.toLowerCase()}#${element.id || "?"} "${(element.innerText || element.value || "").trim().slice(0, 40)}"`;
  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const hiddenFromSight = (element) => element.closest(".visually-hidden, .skip-link, .skip") !== null;

  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  const headings = [...document.querySelectorAll("h1")].filter(visible);
  if (headings.length !== 1) faults.push(`${headings.length} headings of the first level`);
  if (!document.querySelector("main")) faults.push("no main part");
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) faults.push(`two elements with the id ${id}`);
  for (const attribute of ["aria-describedby", "aria-labelledby", "aria-controls", "for"])
    for (const element of document.querySelectorAll(`[${attribute}]`))
      for (const id of element.getAttribute(attribute).split(/\s+/))
        if (!document.getElementById(id)) faults.push(`${said(element)}: ${attribute} names nothing`);

  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!field.labels.length && !field.ariaLabel) faults.push(`${said(field)} has no label`);
  for (const image of document.querySelectorAll("img:not([alt])")) faults.push(`${image.src} has no alternative`);
  for (const pressed of document.querySelectorAll("a[href], button, summary"))
    if (visible(pressed) && !(pressed.innerText.trim() || pressed.ariaLabel)) faults.push(`${said(pressed)} has no name`);

  // WCAG 2.2, 2.5.8: 24 by 24, but for links inside a sentence.
  const inSentence = (link) => link.tagName === "A" && getComputedStyle(link).display === "inline" &&
    link.parentElement.innerText.trim() !== link.innerText.trim();
  for (const target of document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden])")) {
    if (!visible(target) || hiddenFromSight(target) || inSentence(target)) continue;
    const boxes = [target, ...(target.labels || [])].map((element) => element.getBoundingClientRect());
    if (!boxes.some((box) => box.width >= 24 && box.height >= 24)) faults.push(`${said(target)} is smaller than 24 by 24`);
  }

  // WCAG 2.2, 1.4.3, where text stands on a plain colour.
  const parse = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (channel) => (channel /= 255) <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]) => 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") return null;
      const colour = parse(style.backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
      if (colour[3] > 0) return null;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !visible(element) || hiddenFromSight(element) || element.closest("svg, option")) continue;
    const behind = ground(element);
    if (!behind) continue;
    const style = getComputedStyle(element);
    const [brighter, darker] = [luminance(parse(style.color)), luminance(behind)].sort((a, b) => b - a);
    const ratio = (brighter + 0.05) / (darker + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push(`${said(element)}: contrast ${ratio.toFixed(2)}`);
  }
  return faults;
}
