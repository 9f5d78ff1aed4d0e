namespace Monorepo.Memcached;

/// <summary>memcached's one number for expiry: 0 is never, up to 30 days is relative seconds, anything above is Unix time.</summary>
internal static class Expiry
{
    private const uint RelativeSecondsMax = 60 * 60 * 24 * 30;

    /// <summary>The smallest expiry that is not earlier than asked. Throws when <paramref name="timeToLive"/> is not positive.</summary>
    public static uint ToWire(TimeSpan? timeToLive, TimeProvider time)
    {
        if (timeToLive is not { } span)
            return 0;
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero, nameof(timeToLive));
        double seconds = Math.Ceiling(span.TotalSeconds);
        if (seconds <= RelativeSecondsMax)
            return (uint)seconds;
        double unix = Math.Ceiling(seconds + (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
        // memcached keeps it as a signed 32-bit time; what lies beyond is as good as never.
        return unix <= int.MaxValue ? (uint)unix : 0;
    }
}
