namespace Monorepo.Workspace.Verification;

/// <summary>Something on disk that is not what it must be.</summary>
/// <param name="Part">Of the clone: one of <see cref="CloneVerifier"/>'s.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record Damage(string Part, string Message, string Fix);

/// <summary>What a check of one part came to.</summary>
/// <param name="Part">Of the clone.</param>
/// <param name="Checked">How many of its things were looked at: commits, objects, entries.</param>
/// <param name="Unit">What they are, in the plural.</param>
/// <param name="Damages">The first of them, at most <see cref="CloneVerifier.DamagesMax"/>.</param>
/// <param name="DamageCount">All of them.</param>
public sealed record PartReport(string Part, long Checked, string Unit, IReadOnlyList<Damage> Damages, long DamageCount)
{
    public bool IsWhole => DamageCount == 0;
}
