using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Monorepo.Testing.Processes;

namespace Monorepo.Memcached.Tests;

/// <summary>memcached's own TLS (-Z), which Debian's build has.</summary>
public sealed class TlsTests : RealServers
{
    private static readonly byte[] Key = "key"u8.ToArray();

    [Fact]
    public async Task Values_travel_through_tls()
    {
        using Certificates certificates = new();
        MemcachedServer[] servers = [await StartAsync(certificates.ServerArguments), await StartAsync(certificates.ServerArguments)];
        MemcachedClient client = Connect(OptionsFor(servers) with { Tls = certificates.Trusting });
        byte[][] values = [.. Enumerable.Range(0, 200).Select(i => RandomNumberGenerator.GetBytes((i * 37) + (i == 7 ? 2 << 20 : 1)))];
        await Task.WhenAll(values.Select((v, i) => client.SetAsync(BitConverter.GetBytes(i), v)));
        CacheValue[] hits = await client.GetManyAsync([.. values.Select((_, i) => (ReadOnlyMemory<byte>)BitConverter.GetBytes(i))]);
        for (int i = 0; i < values.Length; i++)
            Assert.True(hits[i].Bytes.Span.SequenceEqual(values[i]), $"value {i}");
        Assert.All(client.Statistics, n => Assert.Equal((0L, 0L, 0L), (n.ConnectionErrors, n.ProtocolErrors, n.UnansweredGets)));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_a_node_that_is_down()
    {
        using Certificates certificates = new(), others = new();
        MemcachedServer server = await StartAsync(certificates.ServerArguments);
        MemcachedClient client = Connect(OptionsFor(server) with { Tls = others.Trusting, FailuresToOpen = 1 });
        Assert.Equal(StoreOutcome.Unavailable, await client.SetAsync(Key, Key));
        Assert.Equal(NodeState.Down, client.Statistics[0].State);
        Assert.Equal(0, client.Statistics[0].BytesSent);
    }

    [Fact]
    public async Task A_server_without_tls_is_a_node_that_is_down()
    {
        using Certificates certificates = new();
        MemcachedClient client = Connect(OptionsFor(await StartAsync()) with { Tls = certificates.Trusting, FailuresToOpen = 1 });
        Assert.Equal(StoreOutcome.Unavailable, await client.SetAsync(Key, Key));
        Assert.Equal(NodeState.Down, client.Statistics[0].State);
    }

    /// <summary>An authority of the test's own and a certificate of it for 127.0.0.1, as files.</summary>
    private sealed class Certificates : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("memcached-tls-");
        private readonly X509Certificate2 _authority;

        public Certificates()
        {
            using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest authority = new("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
            authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-1), to = from.AddDays(30);
            _authority = authority.CreateSelfSigned(from, to);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            CertificateRequest server = new("CN=memcached", key, HashAlgorithmName.SHA256);
            SubjectAlternativeNameBuilder names = new();
            names.AddIpAddress(IPAddress.Loopback);
            server.CertificateExtensions.Add(names.Build());
            using X509Certificate2 certificate = server.Create(_authority, from, to, [1, 2, 3]);
            File.WriteAllText(Chain, certificate.ExportCertificatePem());
            File.WriteAllText(PrivateKey, key.ExportPkcs8PrivateKeyPem());
        }

        public string[] ServerArguments => ["-Z", "-o", $"ssl_chain_cert={Chain},ssl_key={PrivateKey}"];

        private string Chain => Path.Combine(_folder.FullName, "chain.pem");

        private string PrivateKey => Path.Combine(_folder.FullName, "key.pem");

        public SslClientAuthenticationOptions Trusting() => MemcachedTls.Trusting([_authority])();

        public void Dispose()
        {
            _authority.Dispose();
            _folder.Delete(recursive: true);
        }
    }
}
