// Opens a file with netron's own modules, without its page: node netron.mjs NETRON_FOLDER FILE

import * as fs from 'fs';
import * as path from 'path';

const [folder, file] = process.argv.slice(2).map((name) => path.resolve(name));
const view = await import(path.join(folder, 'view.js'));
const { FileStream } = await import(path.join(folder, 'node.js'));

const fetch = async (name, encoding, base) => {
    const full = path.join(base || folder, name);
    const stat = fs.statSync(full);
    return encoding ? fs.readFileSync(full, encoding) : new FileStream(full, 0, stat.size, stat.mtimeMs);
};
const complain = (error) => console.error(error.message);
const host = {
    window: {},
    document: {},
    environment: () => null,
    event: () => {},
    exception: complain,
    request: fetch,
    asset: (name) => fetch(name, 'utf-8'),
    require: (name) => import(path.join(folder, `${name}.js`)),
};
const stat = fs.statSync(file);
const context = {
    host,
    identifier: path.basename(file),
    stream: new FileStream(file, 0, stat.size, stat.mtimeMs),
    entries: new Map(),
    request: fetch,
    fetch: (name, encoding) => fetch(name, encoding, path.dirname(file)),
    asset: host.asset,
    require: host.require,
    error: complain,
    set: () => {},
};
const model = await new view.ModelFactoryService(host).open(context);
const boxes = {};
const visit = (node, box) => {
    for (const inner of [...(node.nodes || []), ...((node.type && node.type.nodes) || [])]) {
        visit(inner, box);
    }
    for (const argument of [...(node.inputs || []), ...(node.attributes || [])]) {
        for (const value of [argument.value].flat()) {
            if (value && value.initializer) {
                boxes[box] = boxes[box] || {};
                boxes[box][value.name] = (value.initializer.type.shape.dimensions || []).map(Number);
            } else if (value && typeof value === 'object') {
                visit(value, box || argument.name);
            }
        }
    }
};
for (const graph of model.modules || model.graphs || []) {
    visit(graph, '');
}
console.log(JSON.stringify({ format: model.format, boxes }));
