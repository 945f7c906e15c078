/** What of the page's styles a drawing needs when it stands alone. */
const PROPERTIES = [
  'fill',
  'stroke',
  'fill-opacity',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'font-size',
];
const PADDING = 20;
const HEAD = 34;
const SHARPNESS = 2;

/**
 * A chart of the page as a PNG, with its title, in the colours of the theme. Styles become attributes, for the policy of the
 * page allows no style within an image.
 */
export async function imageOf(
  svg: SVGSVGElement,
  title: string,
  legend: readonly (readonly [string, string])[],
): Promise<Blob> {
  const { width, height } = svg.getBoundingClientRect();
  const canvas = document.createElement('canvas');
  const full = { width: width + 2 * PADDING, height: height + 2 * PADDING + HEAD + (legend.length > 0 ? 20 : 0) };
  canvas.width = full.width * SHARPNESS;
  canvas.height = full.height * SHARPNESS;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the browser cannot draw images');
  context.scale(SHARPNESS, SHARPNESS);
  const style = getComputedStyle(svg);
  context.fillStyle = colorOf('--surface', svg);
  context.fillRect(0, 0, full.width, full.height);
  context.fillStyle = style.color;
  context.font = `600 15px ${style.fontFamily}`;
  context.fillText(title, PADDING, PADDING + 14);
  context.drawImage(await rendered(svg, width, height), PADDING, PADDING + HEAD, width, height);
  context.font = `400 11px ${style.fontFamily}`;
  let x = PADDING;
  for (const [name, color] of legend) {
    context.fillStyle = resolved(color, svg);
    context.fillRect(x, full.height - PADDING - 4, 8, 8);
    context.fillStyle = colorOf('--muted', svg);
    context.fillText(name, x + 13, full.height - PADDING + 4);
    x += context.measureText(name).width + 34;
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('the browser made no image')) : resolve(blob)),
      'image/png',
    );
  });
}

async function rendered(svg: SVGSVGElement, width: number, height: number): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const originals = svg.querySelectorAll<SVGElement>('*');
  copy.querySelectorAll<SVGElement>('*').forEach((element, index) => {
    const original = originals[index];
    if (original === undefined) return;
    const style = getComputedStyle(original);
    for (const property of PROPERTIES) {
      const value = style.getPropertyValue(property);
      if (value !== '' && !value.startsWith('url(')) element.setAttribute(property, value);
    }
    element.setAttribute('font-family', style.fontFamily);
    element.removeAttribute('class');
    element.removeAttribute('style');
  });
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function colorOf(variable: string, near: Element): string {
  return resolved(`var(${variable})`, near);
}

/** A colour of the theme as one that a canvas knows. */
function resolved(color: string, near: Element): string {
  const probe = document.createElement('span');
  probe.style.color = color;
  near.parentElement?.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
