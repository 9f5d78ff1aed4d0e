namespace Monorepo.Admin;

/// <summary>A failure as the user is told it.</summary>
public sealed class AdminException(ExitCode code, string message, string? hint = null, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode Code { get; } = code;

    /// <summary>What to do about it, or null.</summary>
    public string? Hint { get; } = hint;
}
