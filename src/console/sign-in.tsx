/** Asks for the token of the service. */
import { useState } from 'preact/hooks';
import { isRefused, signIn, token } from './session.js';

/** The view. */
export function SignIn() {
  const [given, setGiven] = useState('');
  const [keep, setKeep] = useState(false);
  const wasRefused = token.value !== undefined && isRefused.value;
  return (
    <main class="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (given.trim() !== '') signIn(given.trim(), keep);
        }}
      >
        <h1>Sign in</h1>
        <label>
          Token
          <input
            type="password"
            name="token"
            autocomplete="off"
            required
            value={given}
            aria-describedby="token-about"
            onInput={({ currentTarget }) => setGiven(currentTarget.value)}
          />
        </label>
        <p id="token-about" class={wasRefused ? 'bad' : 'quiet'} role={wasRefused ? 'alert' : undefined}>
          {wasRefused
            ? 'The service does not know this token.'
            : 'The bearer token of your tenant. It is sent to this service only.'}
        </p>
        <label class="check">
          <input type="checkbox" checked={keep} onChange={({ currentTarget }) => setKeep(currentTarget.checked)} />
          Keep it in this tab when the page is loaded again
        </label>
        <button type="submit" class="main">
          Sign in
        </button>
      </form>
    </main>
  );
}
