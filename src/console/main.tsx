/** The program of the console. */
import { render } from 'preact';
import './style.css';
import { App } from './app.js';
import { returnFromIssuer } from './oidc.js';

const root = document.getElementById('app');
if (root) {
  render(<p class="empty">Signing in…</p>, root);
  void returnFromIssuer().then(() => render(<App />, root));
}
