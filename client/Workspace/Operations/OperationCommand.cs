namespace Monorepo.Workspace.Operations;

/// <summary>
/// The command that this flow of control runs for: what the operations made under the clone's lock are recorded as. However often a command
/// takes the lock, it is one operation.
/// </summary>
/// <param name="Text">The command line, as a person would type it.</param>
/// <param name="Token">This run's own: two runs of one command line are two operations.</param>
public sealed record OperationCommand(string Text, Guid Token)
{
    // The lock is taken in many places that know nothing of command lines; it goes with the call, not with the process, because tests run many commands in one.
    private static readonly AsyncLocal<OperationCommand?> s_current = new();

    /// <summary>What runs here; where nobody said, the process's own command line, and each taking of the lock is an operation of its own.</summary>
    public static OperationCommand Current => s_current.Value ?? new OperationCommand(OfProcess(), Guid.NewGuid());

    /// <summary>From here on, and in all that is called from here, this command runs; where the asynchronous method that calls this ends, it ends.</summary>
    public static void Begin(string text) => s_current.Value = new OperationCommand(text, Guid.NewGuid());

    private static string OfProcess()
    {
        string[] arguments = Environment.GetCommandLineArgs();
        return string.Join(' ', arguments.Skip(1).Prepend(Path.GetFileName(arguments[0])));
    }
}
