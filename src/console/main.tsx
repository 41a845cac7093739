/** The program of the console. */
import { render } from 'preact';
import './style.css';
import { App } from './app.js';

const root = document.getElementById('app');
if (root) render(<App />, root);
