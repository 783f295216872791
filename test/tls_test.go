package test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	zclient "github.com/zitadel/zitadel-go/v3/pkg/client"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	"github.com/zitadel/zitadel-go/v3/pkg/zitadel"
)

// The public name of the servers here. No name server knows it: clients are
// led to the right port.
const (
	publicHost   = "id.example.test"
	publicIssuer = "https://" + publicHost
)

// authority is a certificate authority of the test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // PEM, for curl
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	a := authority{key: newKey(t), file: filepath.Join(t.TempDir(), "ca.pem")}
	a.certificate = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	raw := a.sign(t, a.certificate, a.key)
	writePEM(t, a.file, "CERTIFICATE", raw)
	var err error
	if a.certificate, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a authority) sign(t testing.TB, template *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// issue writes a certificate for the public name, and its key, into files that
// may be there already.
func (a authority) issue(t testing.TB, certFile, keyFile string, serial int64) {
	t.Helper()
	key := newKey(t)
	raw := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: publicHost}, DNSNames: []string{publicHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, key)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, keyFile, "PRIVATE KEY", private)
	writePEM(t, certFile, "CERTIFICATE", raw)
}

// writePEM replaces a file in one step, as those do who renew certificates.
func writePEM(t testing.TB, file, kind string, content []byte) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// config trusts the authority and nobody else.
func (a authority) config() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return &tls.Config{RootCAs: pool, ServerName: publicHost, MinVersion: tls.VersionTLS12}
}

// client reaches the public name at an address.
func (a authority) client(t testing.TB, address string) *http.Client {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: a.config(), ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, asked string) (net.Conn, error) {
			if asked == publicHost+":443" {
				asked = address
			}
			return new(net.Dialer).DialContext(ctx, network, asked)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestPublicNameByOurTLS sends the guide's request to https://id.example.test,
// where the server itself speaks TLS.
func TestPublicNameByOurTLS(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		a, dir := newAuthority(t), t.TempDir()
		o := options{Database: open(t), Issuer: publicIssuer, Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key")}
		a.issue(t, o.Cert, o.Key, 2)
		n := start(t, o)
		publicName(t, n, a, n.Address, "direct")
		renewal(t, n, a, o)
		grpcOverTLS(t, n)
	})
}

// TestPublicNameByProxy sends the same through a proxy that ends TLS; the
// server behind it speaks plain HTTP and never sees the public name in a URL.
func TestPublicNameByProxy(t *testing.T) {
	eachDatabase(t, func(t *testing.T, open func(testing.TB) database) {
		a := newAuthority(t)
		n := start(t, options{Database: open(t), Issuer: publicIssuer, Env: []string{"LATCHKEY_TRUSTED_PROXIES=127.0.0.0/8"}})
		for name, rewrite := range map[string]func(*httputil.ProxyRequest){
			"Host kept":     func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host; r.SetXForwarded() },
			"Host replaced": func(*httputil.ProxyRequest) {},
			"Host wrong": func(r *httputil.ProxyRequest) {
				r.Out.Host = "inner.example.test:9"
				r.Out.Header.Set("X-Forwarded-Host", "evil.example.test")
				r.Out.Header.Set("X-Forwarded-Proto", "ftp")
				r.Out.Header.Set("Forwarded", "host=evil.example.test;proto=http")
			},
		} {
			t.Run(name, func(t *testing.T) { publicName(t, n, a, proxy(t, n, a, rewrite), name) })
		}
	})
}

// proxy starts a reverse proxy with TLS before a node and returns its address.
func proxy(t testing.TB, n *node, a authority, rewrite func(*httputil.ProxyRequest)) string {
	t.Helper()
	inner, err := url.Parse(n.Base)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	a.issue(t, certFile, keyFile, 3)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(inner)
		rewrite(r)
	}})
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// publicName follows the guide at the public name, which is found at an address.
func publicName(t *testing.T, n *node, a authority, address, name string) {
	t.Helper()
	c := a.client(t, address)
	d := restDoor{httpDoor{publicIssuer, n.PAT, c}}
	w := follow(t, n, d, name)
	w.backend = newBackend(t, publicIssuer, w.project, c)

	got := literal(t, publicIssuer, basicAuth(w.client), w.project, "--cacert", a.file, "--connect-to", publicHost+":443:"+address)
	checkAnswer(t, got)
	accessToken := got.body.text("access_token")
	w.backend.wantAccepted(t, accessToken, w.identity())
	if _, claims := claimsOf(t, accessToken); claims.text("iss") != publicIssuer {
		t.Errorf("the token's issuer is %q", claims.text("iss"))
	}

	response, err := c.Get(publicIssuer + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var discovery object
	if err := json.NewDecoder(response.Body).Decode(&discovery); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"issuer": publicIssuer, "token_endpoint": publicIssuer + tokenPath, "jwks_uri": publicIssuer + "/oauth/v2/keys",
	} {
		if discovery.text(name) != value {
			t.Errorf("discovery says %s: %q, want %q", name, discovery.text(name), value)
		}
	}
}

// renewal replaces the certificate under the running server, by a good one and
// by one that cannot be read.
func renewal(t *testing.T, n *node, a authority, o options) {
	t.Helper()
	if got := serial(t, n, a); got != 2 {
		t.Fatalf("the certificate has the number %d", got)
	}
	a.issue(t, o.Cert, o.Key, 20)
	eventually(t, "the new certificate is shown", func() bool { return serial(t, n, a) == 20 })
	before := strings.Count(n.Stderr.String(), "cannot be read")
	if err := os.WriteFile(o.Cert, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the unreadable certificate is noticed", func() bool {
		return serial(t, n, a) == 20 && strings.Count(n.Stderr.String(), "cannot be read") > before
	})
	a.issue(t, o.Cert, o.Key, 21)
	eventually(t, "the repaired certificate is shown", func() bool { return serial(t, n, a) == 21 })
}

// serial is the number of the certificate that a node shows, which must be good.
func serial(t testing.TB, n *node, a authority) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", n.Address, a.config())
	if err != nil {
		t.Fatal(err)
	}
	number := conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	return number
}

// grpcOverTLS makes a call with Zitadel's own client, which cannot be led to an
// address and so must not look at the name.
func grpcOverTLS(t *testing.T, n *node) {
	t.Helper()
	_, port, err := net.SplitHostPort(n.Address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	c, err := zclient.New(t.Context(), zitadel.New("localhost", zitadel.WithPort(uint16(number)), zitadel.WithInsecureSkipVerifyTLS()),
		zclient.WithAuth(zclient.PAT(n.PAT)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := invoke(t, c.AuthService().GetMyUser, "", &auth.GetMyUserRequest{}); got.GetUser().GetUserName() != "latchkey-admin" {
		t.Errorf("over TLS the caller is %v", got)
	}
}
