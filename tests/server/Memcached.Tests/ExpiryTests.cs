using Monorepo.Memcached.Tests.Fakes;

namespace Monorepo.Memcached.Tests;

public sealed class ExpiryTests
{
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

    [Fact]
    public void None_is_never() => Assert.Equal(0u, Expiry.ToWire(null, _time));

    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(1, 1)]
    [InlineData(1.5, 2)]
    [InlineData(2_592_000, 2_592_000)]
    [InlineData(2_592_001, 1_802_592_001)]
    [InlineData(1e9, 0)]
    public void Seconds_are_relative_up_to_thirty_days_then_absolute(double seconds, uint wire)
        => Assert.Equal(wire, Expiry.ToWire(TimeSpan.FromSeconds(seconds), _time));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void The_past_is_refused(int seconds)
        => Assert.Throws<ArgumentOutOfRangeException>(() => Expiry.ToWire(TimeSpan.FromSeconds(seconds), _time));
}
