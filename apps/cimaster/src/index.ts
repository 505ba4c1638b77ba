export { cimasterApp } from './cimaster-app.ts';
