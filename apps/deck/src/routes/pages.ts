// The pages: one document for all of them, and the bundle it loads. Everything comes from deck itself.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import express, { Router } from 'express';

const pagePaths = ['/', '/view/*key', '/job-history/*key', '/pr-history', '/tide', '/pool'];

export interface PageRoutesOptions {
  /** Folder of the built web bundle: main.js, main.css. */
  webDir: string;
  hasTide: boolean;
  hasPool: boolean;
  /** Addresses of the other parts, shown in the navigation. */
  links: readonly { name: string; href: string }[];
}

export function pageRoutes({ webDir, hasTide, hasPool, links }: PageRoutesOptions): Router {
  const router = Router();
  const version = createHash('sha256').update(readFileSync(`${webDir}/main.js`)).digest('hex').slice(0, 12);
  const settings = JSON.stringify({ hasTide, hasPool, links }).replaceAll('<', '\\u003c');
  const document = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Prow</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 10h14l-3 5H4z' fill='%231f6feb'/%3E%3Cpath d='M8 1v8H3z' fill='%2358a6ff'/%3E%3Cpath d='M9 3v6h4z' fill='%231f6feb'/%3E%3C/svg%3E">
<link rel="stylesheet" href="/static/main.css?v=${version}">
<script type="application/json" id="settings">${settings}</script>
<script type="module" src="/static/main.js?v=${version}"></script>
</head>
<body><div id="app"></div><noscript>These pages need JavaScript. The same data is at <a href="/prowjobs.js">/prowjobs.js</a>.</noscript></body>
</html>
`;

  router.use('/static', express.static(webDir, { immutable: true, maxAge: '365d', index: false, redirect: false }));
  for (const path of pagePaths) {
    router.get(path, (_request, response) => {
      response
        .set({
          'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
          'Referrer-Policy': 'same-origin',
          'X-Content-Type-Options': 'nosniff',
          'Cache-Control': 'no-cache',
        })
        .type('html')
        .send(document);
    });
  }
  return router;
}
