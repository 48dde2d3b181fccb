// What a Trino grammar says against statements: `node complaints.mjs FOLDER`, where FOLDER holds the
// installed package. Standard input is a JSON list of texts, standard output a list of as many lists
// of complaints, each with the line and the column in its text, from 1.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

register("./extensionless.mjs", import.meta.url); // the package is written for bundlers

// Only Trino's part is loaded: the other dialects are most of the package.
const trino = resolve(process.argv[2], "node_modules/dt-sql-parser/dist/parser/trino/index.js");
const { TrinoSQL } = await import(pathToFileURL(trino));

const parser = new TrinoSQL();
const complaints = JSON.parse(readFileSync(0, "utf8")).map((text) =>
  parser.validate(text).map(({ startLine, startColumn, message }) => ({
    line: startLine,
    column: startColumn,
    message,
  })),
);
process.stdout.write(JSON.stringify(complaints));
