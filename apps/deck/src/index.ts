export { deckApp } from './deck-app.ts';
