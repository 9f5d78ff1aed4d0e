using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Monorepo.Memcached;

/// <summary>The usual requirements of nodes' certificates, for <see cref="MemcachedOptions.Tls"/>.</summary>
public static class MemcachedTls
{
    /// <summary>The authorities that this machine trusts.</summary>
    public static Func<SslClientAuthenticationOptions> TrustingSystem { get; } = static () => new SslClientAuthenticationOptions();

    /// <summary>These authorities and no others.</summary>
    public static Func<SslClientAuthenticationOptions> Trusting(X509Certificate2Collection authorities)
    {
        ArgumentNullException.ThrowIfNull(authorities);
        return () =>
        {
            // Revocation lists are not asked for: a private authority seldom has one, and a cache that waits for it is no cache.
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        };
    }

    /// <summary>As <see cref="Trusting"/>, the authorities read from a file in PEM.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The file holds no certificate, or can't be read.</exception>
    public static Func<SslClientAuthenticationOptions> TrustingFile(string path)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0
            ? Trusting(authorities)
            : throw new System.Security.Cryptography.CryptographicException($"'{path}' holds no certificate.");
    }
}
