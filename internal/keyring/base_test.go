package keyring
import ("testing";"crypto/ecdsa";"crypto/rand";"crypto/sha256")
func BenchmarkBaseES256(b *testing.B){ k:=mustSigner(b,ES256).key().(*ecdsa.PrivateKey); d:=sha256.Sum256(make([]byte,900)); b.ReportAllocs(); for b.Loop(){ ecdsa.SignASN1(rand.Reader,k,d[:]) } }
