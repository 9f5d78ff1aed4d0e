using Monorepo.Host.Configuration;
using Monorepo.Host.Edge;
using Monorepo.Host.Serving;
using Monorepo.Native.Posix;
using Monorepo.Storage;

namespace Monorepo.Host;

/// <summary><c>monorepod</c>. The one place where a failure becomes a line for people and an exit code.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        NativeHeap.Limit();
        try
        {
            ServerCommand command = new(options => options.Role == ServerRole.Blobs ? EdgeServer.RunAsync(options, Console.Out) : MonorepoServer.RunAsync(options, Console.Out));
            return await command.InvokeAsync(arguments, Console.Out);
        }
        catch (Exception e)
        {
            StartupException failure = Explain(e);
            await Console.Error.WriteLineAsync($"monorepod: {failure.Message.ReplaceLineEndings(" ")}");
            if (failure.ExitCode == ExitCode.Failed)
            {
                await Console.Error.WriteLineAsync(e.ToString());
            }

            return (int)failure.ExitCode;
        }
    }

    private static StartupException Explain(Exception exception) => exception switch
    {
        StartupException startup => startup,
        StorageException { Failure: StorageFailure.InUse } e => new(ExitCode.DataInUse, e.Message, e),
        StorageException { Failure: StorageFailure.UnknownFormat or StorageFailure.Corrupt } e => new(ExitCode.DataUnusable, e.Message, e),
        StorageException e => new(ExitCode.Failed, e.Message, e),
        DllNotFoundException e => new(ExitCode.MissingLibrary, e.Message, e),
        UnauthorizedAccessException e => new(ExitCode.DataUnusable, $"{e.Message} Choose another directory with --data, or give this user the right to it.", e),
        FileNotFoundException e when !Directory.Exists(".") => new(ExitCode.DataUnusable, "The working directory is not there any more: change to one that is.", e),
        _ => new(ExitCode.Failed, $"unexpected: {exception.Message}", exception),
    };
}
