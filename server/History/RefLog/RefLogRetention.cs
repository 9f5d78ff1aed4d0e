namespace Monorepo.History.RefLog;

/// <summary>How much of a ref-update log is kept. The newest update always is.</summary>
/// <param name="UpdatesMax">Null: any number.</param>
/// <param name="AgeMax">Null: of any age.</param>
public sealed record RefLogRetention(long? UpdatesMax, TimeSpan? AgeMax)
{
    /// <summary>A million updates are about a hundred megabytes: consumers that were away for weeks find what they missed.</summary>
    public static readonly RefLogRetention Default = new(1_000_000, null);
}
