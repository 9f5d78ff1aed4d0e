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
        BlobEndpoint endpoint = Assert.Single(offers.For(authority, forEdge: true).Endpoints);
        Assert.Equal(("ucx", host, 77u, 2), (endpoint.Transport, endpoint.Host, endpoint.Port, endpoint.Token.Length));
    }
}

public sealed class EdgeBlobOffersTests
{
    [Fact]
    public void Clients_are_told_of_edges_first_and_edges_of_the_server_alone()
    {
        UcxBlobOffers own = new(new IPEndPoint(IPAddress.Loopback, 77), new byte[] { 1 });
        Uri[] edges = [new("http://edge-a.example:8940"), new("http://[::1]:9")];
        EdgeBlobOffers both = new(edges, own, isForEdgesOnly: false);
        Assert.Equal(["edge edge-a.example 8940", "edge ::1 9", "ucx 127.0.0.1 77"], Endpoints(both, forEdge: false));
        Assert.Equal(["ucx 127.0.0.1 77"], Endpoints(both, forEdge: true));
        EdgeBlobOffers history = new(edges, own, isForEdgesOnly: true);
        Assert.Equal(["edge edge-a.example 8940", "edge ::1 9"], Endpoints(history, forEdge: false));
        Assert.Equal(["ucx 127.0.0.1 77"], Endpoints(history, forEdge: true));
    }

    private static IEnumerable<string> Endpoints(EdgeBlobOffers offers, bool forEdge) =>
        offers.For("mono.example:8940", forEdge).Endpoints.Select(e => $"{e.Transport} {e.Host} {e.Port}");
}
