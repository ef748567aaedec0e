/* Files out of what a person chose or dropped, with their folder on the card. */
const IMAGES = /\.(jpe?g|jpe|mpo|png|tiff?|gtiff|svs|ndpi|scn|bif|mrxs|vms|vmu|svslide)$/i;
const SYSTEM = /^(\._.*|\.DS_Store|Thumbs\.db|desktop\.ini)$/i;
const SLICE = 200;

export function isImageName(name) {
  return IMAGES.test(name);
}

export function isSystemName(name) {
  return SYSTEM.test(name);
}

/** Of an `<input type=file>`; the path begins with the chosen folder's name, where a folder was chosen. */
export function chosen(files) {
  return [...files].map((file) => ({ file, folder: folderOf(file.webkitRelativePath ?? ""), isFromFolder: !!file.webkitRelativePath }));
}

export function folderOf(path) {
  return path.split("/").slice(0, -1).join("/");
}

/** Of a drop. All must be taken before anything is waited for: afterwards the browser has forgotten them. */
export function dropped(dataTransfer) {
  const items = [...dataTransfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  const files = items.filter((_item, i) => !entries[i]).map((item) => item.getAsFile());
  return collect(entries.filter(Boolean), files);
}

async function collect(entries, files) {
  const found = files.map((file) => ({ file, folder: "", isFromFolder: false }));
  const line = entries.map((entry) => ({ entry, folder: "", isFromFolder: false }));
  while (line.length > 0) {
    const { entry, folder, isFromFolder } = line.shift();
    if (entry.isFile) {
      found.push({ file: await fileOf(entry), folder, isFromFolder });
    } else {
      const inside = folder ? `${folder}/${entry.name}` : entry.name;
      for (const child of await childrenOf(entry)) line.push({ entry: child, folder: inside, isFromFolder: true });
    }
  }
  return found;
}

function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** The browser hands out a hundred at a time; an empty answer is the end. */
async function childrenOf(folder) {
  const reader = folder.createReader();
  const children = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return children;
    children.push(...some);
  }
}

/** Asks every file for its size, in slices: each question blocks the page for a third of a millisecond.

    Of folders only images come along. `take(file facts)`, `left(name)`, `note(number)` after every slice. */
export async function scan(found, { take, left, note }) {
  for (let start = 0; start < found.length; start += SLICE) {
    for (const { file, folder, isFromFolder } of found.slice(start, start + SLICE)) {
      if (isFromFolder && isSystemName(file.name)) continue;
      if (isFromFolder && !isImageName(file.name)) left(file.name);
      else take({ file, name: file.name, folder, size: file.size });
    }
    note(Math.min(start + SLICE, found.length));
    await new Promise((resolve) => setTimeout(resolve));
  }
}
