using System.Diagnostics;

namespace Monorepo.Blobs.Ucx;

/// <summary>
/// Decides how long to busy-wait before sleeping, by how long the last waits were: a wait that a spin would have covered speaks for spinning, slept through
/// or not, and a longer one against it. (Judged by its spins alone, each of two sides that sleep would find that spinning does not pay, because it
/// waits for the other to wake up.) One thread.
/// </summary>
internal sealed class AdaptiveSpin(int maxUs)
{
    private const int ScoreMax = 8;
    private const int ScoreMin = -8;

    // What waking up takes on a busy machine: a peer that spins too is faster by so much.
    private const int WakeUpUs = 150;

    // By then an answer from another processor is here, most often, and the next piece of something large always.
    private const int YieldUs = 8;

    private readonly long _yieldTicks = YieldUs * Stopwatch.Frequency / 1_000_000;
    private readonly long _maxTicks = maxUs * Stopwatch.Frequency / 1_000_000;
    private readonly long _shortTicks = (maxUs + WakeUpUs) * Stopwatch.Frequency / 1_000_000;
    private long _idleSince;
    private int _score = ScoreMax;

    /// <summary>True: look for work again at once. False: sleep.</summary>
    internal bool ShouldSpin()
    {
        if (_maxTicks == 0)
            return false;
        long now = Stopwatch.GetTimestamp();
        if (_idleSince == 0)
            _idleSince = now;
        long idleTicks = now - _idleSince;
        if (_score <= 0 || idleTicks > _maxTicks)
            return false;

        // Whoever is awaited may share this processor, and can't answer while we spin on it: beside a busy third, a small read in a hundred took 130 us, and takes 45.
        if (idleTicks > _yieldTicks)
            Thread.Yield();
        else
            Thread.SpinWait(4);
        return true;
    }

    /// <summary>Work came.</summary>
    internal void Found()
    {
        if (_idleSince == 0)
            return;
        bool wasShort = Stopwatch.GetTimestamp() - _idleSince <= _shortTicks;
        _score = Math.Clamp(_score + (wasShort ? 2 : -1), ScoreMin, ScoreMax);
        _idleSince = 0;
    }
}
