using System.Net;
using Google.Protobuf;
using Monorepo.Formats.Protos;
using Monorepo.History.Blobs;

namespace Monorepo.Host.Serving;

/// <summary>Offers the UCX listener. One that listens on every address is offered under the name the client called. Thread-safe.</summary>
internal sealed class UcxBlobOffers(IPEndPoint address, ReadOnlyMemory<byte> token) : IBlobOffers
{
    public const string Transport = "ucx";

    private readonly bool _isAnywhere = address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any);

    public BlobOffer For(string authority, bool forEdge) => new()
    {
        Endpoints =
        {
            new BlobEndpoint
            {
                Transport = Transport,
                Host = _isAnywhere ? HostOf(authority) : address.Address.ToString(),
                Port = (uint)address.Port,
                Token = ByteString.CopyFrom(token.Span),
            },
        },
    };

    /// <summary><c>name:port</c>, <c>[v6]:port</c> or either without the port.</summary>
    private static string HostOf(string authority)
    {
        int end = authority.IndexOf(']', StringComparison.Ordinal);
        if (authority.StartsWith('[') && end > 0)
        {
            return authority[1..end];
        }

        int colon = authority.LastIndexOf(':');
        return colon < 0 ? authority : authority[..colon];
    }
}
