// Package verify checks Latchkey access tokens inside the backend that
// receives them, and reads who sent the request and which roles they hold.
//
// A token is a JWT (RFC 7519). Checking it needs no request to the issuer: the
// issuer's public keys are fetched once, cached for as long as the issuer
// says, and fetched again when an unknown key appears. What cannot be seen
// offline is an end that came before the token's expiry, such as a removed
// credential; ask the introspection endpoint (RFC 7662) where that matters.
//
// A whole backend:
//
//	func main() {
//		guard, err := verify.New(verify.Config{
//			Issuer:   "https://id.example.com",
//			Audience: "310486392841297925", // the project id
//		})
//		if err != nil {
//			log.Fatal(err)
//		}
//		http.Handle("GET /hello", guard.Require(http.HandlerFunc(hello)))
//		http.Handle("GET /admin", guard.RequireRole("chat.admin.all")(http.HandlerFunc(admin)))
//		log.Fatal(http.ListenAndServe(":8090", nil))
//	}
//
//	func hello(w http.ResponseWriter, r *http.Request) {
//		token, _ := verify.FromContext(r.Context())
//		fmt.Fprintln(w, token.Subject(), token.ResourceOwner().Name, token.Roles())
//	}
//
// # What is accepted
//
// A token in compact serialization whose header names one of the configured
// algorithms, a key id that the issuer publishes, and the type "JWT" or
// "at+jwt" (RFC 9068); whose issuer is exactly the configured one, whose
// audience holds the configured project, whose time has come and not passed
// (ten seconds of clock difference are tolerated), and which names its subject,
// its client and itself (sub, client_id, jti).
//
// # What is refused although it is signed by the issuer
//
//   - ID tokens. They tell an application about a sign-in and were never meant
//     to open an API. One is recognised by a claim that only an ID token has:
//     nonce, azp, at_hash, c_hash or s_hash, or auth_time under the type "JWT"
//     (RFC 9068 lets an "at+jwt" carry auth_time).
//   - Client assertions (RFC 7523), where a client is its own issuer.
//   - Tokens bound to a key (claim cnf, RFC 7800). This package does not check
//     the proof of possession, and without it a stolen token would work.
//   - Logout tokens (claim events) and every type not named above.
package verify
