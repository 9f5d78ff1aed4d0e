namespace Monorepo.Cli;

/// <summary>An error for the user, in the words they read: what is wrong, and how to mend it.</summary>
public sealed class CommandException(ExitCode code, string message, string? hint = null, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode Code { get; } = code;

    /// <summary>What to do about it; null where there is nothing to say.</summary>
    public string? Hint { get; } = hint;
}
