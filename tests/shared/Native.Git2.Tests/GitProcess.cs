using System.Diagnostics;

namespace Monorepo.Native.Git2.Tests;

/// <summary>Runs the real git in a directory of its own, cut off from the user's configuration.</summary>
internal sealed class GitProcess : IDisposable
{
    private const int TimeoutMs = 20_000;

    public GitProcess() => Directory = System.IO.Directory.CreateTempSubdirectory("mr-git2-").FullName;

    public string Directory { get; }

    public byte[] Run(int exitCodeMax, ReadOnlyMemory<byte> input, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        foreach (string who in new[] { "AUTHOR", "COMMITTER" })
        {
            start.Environment[$"GIT_{who}_NAME"] = "T";
            start.Environment[$"GIT_{who}_EMAIL"] = "t@example.org";
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task feeding = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(input.Span);
            process.StandardInput.Close();
        });
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        feeding.Wait(TimeoutMs);
        Assert.True(process.WaitForExit(TimeoutMs), "git did not end in time");
        Assert.True(process.ExitCode <= exitCodeMax, $"git {string.Join(' ', arguments)}: {errors.Result}");
        return output.ToArray();
    }

    public byte[] Run(params string[] arguments) => Run(0, default, arguments);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
