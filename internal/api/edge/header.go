package edge

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// metadataPrefix marks headers that are call metadata by another name, in requests and responses of REST.
const metadataPrefix = "Grpc-Metadata-"

var (
	connectTimeout = regexp.MustCompile(`^[0-9]{1,10}$`)
	grpcTimeout    = regexp.MustCompile(`^[0-9]{1,8}[HMSmun]$`)
)

// callHeader is the header with which a REST or Connect request reaches the server, which takes it as the call's
// metadata: what the client sent, with the names of prefixed headers restored. A prefixed header never replaces or doubles
// another, and cannot pose as one that carries the call or that only a proxy may set. Cookies are for browsers' pages
// and do not pass.
func callHeader(original http.Header) http.Header {
	header := http.Header{}
	for name, values := range original {
		if !strings.HasPrefix(name, "Grpc-") && name != "Cookie" {
			header[name] = values
		}
	}
	for name, values := range original {
		plain, ok := strings.CutPrefix(name, metadataPrefix)
		if !ok || isReserved(plain) {
			continue
		}
		plain = http.CanonicalHeaderKey(plain)
		if _, taken := header[plain]; taken {
			continue
		}
		if plain == "Authorization" {
			values = values[:1]
		}
		header[plain] = values
	}
	return header
}

func isReserved(name string) bool {
	name = strings.ToLower(name)
	for _, prefix := range []string{"grpc-", "connect-", "content-", "proxy-", "x-forwarded-", ":"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "", "accept-encoding", "connection", "cookie", "forwarded", "host", "keep-alive", "te", "trailer",
		"transfer-encoding", "upgrade", "x-real-ip":
		return true
	}
	return false
}

// checkHeader refuses what the server or vanguard would refuse with an answer in plain text.
func checkHeader(header http.Header) error {
	if timeout := header.Get("Connect-Timeout-Ms"); timeout != "" && !connectTimeout.MatchString(timeout) {
		return errors.New("the header Connect-Timeout-Ms is not a number of at most ten digits")
	}
	if timeout := header.Get("Grpc-Timeout"); timeout != "" && !grpcTimeout.MatchString(timeout) {
		return errors.New("the header Grpc-Timeout is malformed")
	}
	for name, values := range header {
		if !strings.HasSuffix(name, "-Bin") {
			continue
		}
		for _, value := range values {
			encoding := base64.RawStdEncoding
			if len(value)%4 == 0 {
				encoding = base64.StdEncoding
			}
			if _, err := encoding.DecodeString(value); err != nil {
				return fmt.Errorf("the header %s is not base64", name)
			}
		}
	}
	return nil
}

// isCompressed reports whether a request's body, or a message in it, is compressed.
func isCompressed(header http.Header) bool {
	for _, name := range []string{"Content-Encoding", "Grpc-Encoding"} {
		if encoding := header.Get(name); encoding != "" && !strings.EqualFold(encoding, "identity") {
			return true
		}
	}
	return false
}
