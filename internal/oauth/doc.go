// Package oauth answers the protocol endpoints: discovery (OpenID Connect
// Discovery 1.0, RFC 8414), the key set (RFC 7517) and the token endpoint (RFC
// 6749) with the client_credentials grant.
//
// The token endpoint runs the same steps for every grant: read the form,
// authenticate the client, let the grant act, write. What a token holds is
// decided in package tokens.
package oauth
