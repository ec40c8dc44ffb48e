// Text whose contrast with what is painted under it is too low (WCAG 2.2, 1.4.3). Text in pictures and in SVG is left out.
(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parts = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255);
  };
  const over = (top, under) => [0, 1, 2].map(at => top[at] * top[3] + under[at] * (1 - top[3]));
  const linear = part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const luminance = colour => 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
  const blank = matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [1, 1, 1];
  const ground = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parts(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), blank);
  };
  const says = element => [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
  const shown = element => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 2;
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    if (element.closest("svg, script, style") || !says(element) || !shown(element)) continue;
    const style = getComputedStyle(element), under = ground(element), ink = over(parts(style.color), under);
    const [low, high] = [luminance(under), luminance(ink)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const contrast = (high + 0.05) / (low + 0.05), wanted = large ? 3 : 4.5;
    if (contrast < wanted) found.add(`${contrast.toFixed(2)} < ${wanted}: <${element.localName} class="${element.className}">`);
  }
  return [...found];
})()
