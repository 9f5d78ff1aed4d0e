using System.Diagnostics;

namespace Monorepo.Blobs.Ucx;

/// <summary>
/// Decides how long to busy-wait before sleeping: halves after each wait in vain, doubles after each that paid, and tries again now and then.
/// </summary>
internal sealed class AdaptiveSpin(int maxUs)
{
    private const int ProbeEvery = 64;

    private readonly long _maxTicks = maxUs * Stopwatch.Frequency / 1_000_000;
    private long _budgetTicks = maxUs * Stopwatch.Frequency / 1_000_000;
    private long _startedAt;
    private int _skipped;

    /// <summary>True: look for work again at once. False: sleep.</summary>
    internal bool ShouldSpin()
    {
        if (_maxTicks == 0)
            return false;
        long now = Stopwatch.GetTimestamp();
        if (_startedAt == 0)
        {
            if (_budgetTicks == 0 && ++_skipped < ProbeEvery)
                return false;
            _skipped = 0;
            _startedAt = now;
        }

        if (now - _startedAt <= Math.Max(_budgetTicks, _maxTicks >> 3))
        {
            Thread.SpinWait(8);
            return true;
        }

        _budgetTicks = _budgetTicks <= _maxTicks >> 3 ? 0 : _budgetTicks >> 1;
        _startedAt = 0;
        return false;
    }

    /// <summary>Work came.</summary>
    internal void Found()
    {
        if (_startedAt == 0)
            return;
        _budgetTicks = Math.Min(_maxTicks, Math.Max(_budgetTicks << 1, _maxTicks >> 2));
        _startedAt = 0;
    }
}
