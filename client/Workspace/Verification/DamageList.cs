using Monorepo.Core;
using Monorepo.Formats.Dirstate;

namespace Monorepo.Workspace.Verification;

/// <summary>Damages of one part as they are found. Thread-safe.</summary>
internal sealed class DamageList(string part)
{
    private readonly Lock _lock = new();
    private readonly List<Damage> _damages = [];
    private long _count;

    public void Add(string message, string fix)
    {
        lock (_lock)
        {
            if (_count++ < CloneVerifier.DamagesMax)
            {
                _damages.Add(new Damage(part, message, fix));
            }
        }
    }

    /// <summary>Runs a check; what it can't read is a damage.</summary>
    public void Guard(string fix, Action check)
    {
        try
        {
            check();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or MalformedObjectException or DirstateFormatException)
        {
            Add(e.Message, fix);
        }
    }

    public PartReport ToReport(long count, string unit) => new(part, count, unit, _damages, _count);
}
