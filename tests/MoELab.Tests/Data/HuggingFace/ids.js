// node ids.js: reads lines {"path": tokenizer.json, "texts": [...]}, writes for each {"ids": [[...]], "tokens": [[...]], "decoded": [...]}
// or {"error": "..."}. Special tokens are not added around a text.
const { Tokenizer } = require('@anush008/tokenizers');
const lines = require('readline').createInterface({ input: process.stdin });

async function answer(line) {
    const { path, texts } = JSON.parse(line);
    try {
        const tokenizer = Tokenizer.fromFile(path);
        const encoded = [];
        for (const text of texts)
            encoded.push(await tokenizer.encode(text, null, { addSpecialTokens: false }));
        const ids = encoded.map(e => e.getIds());
        const decoded = [];
        for (const sequence of ids)
            decoded.push(await tokenizer.decode(sequence, false));
        return { ids, tokens: encoded.map(e => e.getTokens()), decoded };
    } catch (e) {
        return { error: String(e.message ?? e) };
    }
}

(async () => {
    for await (const line of lines)
        process.stdout.write(JSON.stringify(await answer(line)) + '\n');
})();
