using System.Net;
using Monorepo.Formats.Protos;
using Monorepo.Host.Serving;

namespace Monorepo.Host.Tests.Serving;

public sealed class UcxBlobOffersTests
{
    [Theory]
    [InlineData("10.0.0.5", "mono.example:8940", "10.0.0.5")]
    [InlineData("0.0.0.0", "mono.example:8940", "mono.example")]
    [InlineData("0.0.0.0", "mono.example", "mono.example")]
    [InlineData("::", "[fe80::1]:8940", "fe80::1")]
    [InlineData("::", "10.0.0.5:8940", "10.0.0.5")]
    public void A_listener_on_every_address_is_offered_as_the_client_called_it(string listen, string authority, string host)
    {
        UcxBlobOffers offers = new(new IPEndPoint(IPAddress.Parse(listen), 77), new byte[] { 1, 2 });
        BlobEndpoint endpoint = Assert.Single(offers.For(authority).Endpoints);
        Assert.Equal(("ucx", host, 77u, 2), (endpoint.Transport, endpoint.Host, endpoint.Port, endpoint.Token.Length));
    }
}
