/** Asks for the token of the service, or sends people to their issuer. */
import { useEffect, useState } from 'preact/hooks';
import { toProblem } from './api.js';
import { findIssuer, goToIssuer, type Issuer, signInProblem } from './oidc.js';
import { isRefused, signIn, token } from './session.js';

/** The view. */
export function SignIn() {
  const [given, setGiven] = useState('');
  const [keep, setKeep] = useState(false);
  const [issuer, setIssuer] = useState<Issuer | undefined>(undefined);
  useEffect(() => {
    const leaving = new AbortController();
    findIssuer(leaving.signal)
      .then(setIssuer)
      .catch((cause: unknown) => {
        if (!leaving.signal.aborted) signInProblem.value = toProblem(cause).message;
      });
    return () => leaving.abort();
  }, []);
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
        {signInProblem.value !== '' && (
          <p class="bad" role="alert">
            {signInProblem.value}
          </p>
        )}
        {issuer && (
          <p>
            <button type="button" class="main" onClick={() => goToIssuer(issuer, keep)}>
              Sign in at {new URL(issuer.issuer).host}
            </button>
          </p>
        )}
        <label>
          {issuer ? 'Or a token' : 'Token'}
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
        <button type="submit" class={issuer ? '' : 'main'}>
          Sign in
        </button>
      </form>
    </main>
  );
}
