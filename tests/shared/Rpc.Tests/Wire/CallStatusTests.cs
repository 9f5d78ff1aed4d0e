using System.Net;
using Google.Protobuf.WellKnownTypes;
using Monorepo.Rpc.Tests.Interop;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Tests.Wire;

public sealed class CallStatusTests
{
    [Fact]
    public void Status_comes_back_from_its_trailers()
    {
        CallStatus sent = new(RpcStatusCode.NotFound, "100% gone", [Any.Pack(new Note { Number = 3 })]);
        Dictionary<string, string> trailers = new(sent.ToTrailers());
        Assert.Equal("5", trailers[HeaderNames.Status]);
        Assert.Equal("100%25 gone", trailers[HeaderNames.Message]);
        CallStatus parsed = CallStatus.Parse(trailers[HeaderNames.Status], trailers[HeaderNames.Message], trailers[HeaderNames.StatusDetails]);
        Assert.Equal((sent.Code, sent.Detail), (parsed.Code, parsed.Detail));
        Assert.Equal(sent.ErrorDetails, parsed.ErrorDetails);
    }

    [Fact]
    public void Oversized_parts_are_cut_so_that_the_code_arrives()
    {
        string detail = new('x', RpcLimits.StatusDetailCharsMax - 1);
        CallStatus status = new(RpcStatusCode.Aborted, detail + "😀 and more", [Any.Pack(new Note { Text = new string('y', RpcLimits.StatusDetailsBytesMax) })]);
        Dictionary<string, string> trailers = new(status.ToTrailers());
        Assert.Equal("10", trailers[HeaderNames.Status]);
        Assert.Equal(detail, trailers[HeaderNames.Message]);
        Assert.False(trailers.ContainsKey(HeaderNames.StatusDetails));
    }

    [Theory]
    [InlineData("17")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("ok")]
    public void Unknown_codes_are_unknown(string value) => Assert.Equal(RpcStatusCode.Unknown, CallStatus.Parse(value, null, null).Code);

    [Theory]
    [InlineData("!")]
    [InlineData("/w")]
    [InlineData("CAk")]
    public void Bad_or_contradicting_details_are_left_out(string details) => Assert.Empty(CallStatus.Parse("5", null, details).ErrorDetails);

    [Theory]
    [InlineData(400, RpcStatusCode.Internal)]
    [InlineData(401, RpcStatusCode.Unauthenticated)]
    [InlineData(403, RpcStatusCode.PermissionDenied)]
    [InlineData(404, RpcStatusCode.Unimplemented)]
    [InlineData(429, RpcStatusCode.Unavailable)]
    [InlineData(500, RpcStatusCode.Unknown)]
    [InlineData(503, RpcStatusCode.Unavailable)]
    public void Http_status_mapping(int http, RpcStatusCode expected) => Assert.Equal(expected, CallStatus.FromHttpStatus((HttpStatusCode)http));
}
