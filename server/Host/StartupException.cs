namespace Monorepo.Host;

/// <summary>The server can't start, for a reason its operator can mend.</summary>
/// <param name="exitCode">What the process ends with.</param>
/// <param name="message">One line: what is wrong and what to do.</param>
/// <param name="inner">The cause.</param>
internal sealed class StartupException(ExitCode exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode ExitCode { get; } = exitCode;
}
