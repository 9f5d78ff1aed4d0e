using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Monorepo.Rpc.Tests.Interop;

/// <summary>
/// A Python process that speaks gRPC with another implementation (Debian's python3-grpcio), told what to do by lines on its
/// standard input. It gets the message descriptors of interop.proto from us, so both sides have the same file.
/// </summary>
public sealed class PythonPeer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan LineTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly DirectoryInfo _directory;

    private PythonPeer(Process process, DirectoryInfo directory)
    {
        _process = process;
        _directory = directory;
    }

    /// <summary>Null with a reason when python3 with grpcio is not installed: fixtures cannot skip, their tests can.</summary>
    public static async Task<(PythonPeer? Peer, string Missing)> StartAsync(string script, params string[] arguments)
    {
        if (!File.Exists(Python))
            return (null, $"{Python} is not installed");

        DirectoryInfo directory = Directory.CreateTempSubdirectory("rpc-interop-");
        string descriptors = Path.Combine(directory.FullName, "descriptors.bin");
        FileDescriptorSet files = new();
        foreach (FileDescriptor file in new[] { Protos.StatusReflection.Descriptor, Protos.Health.HealthReflection.Descriptor, InteropReflection.Descriptor })
            files.File.Add(FileDescriptorProto.Parser.ParseFrom(file.SerializedData));

        await File.WriteAllBytesAsync(descriptors, files.ToByteArray());
        ProcessStartInfo start = new(Python)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            ArgumentList = { "-u", Path.Combine(AppContext.BaseDirectory, "Interop", script), descriptors },
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);

        PythonPeer peer = new(Process.Start(start)!, directory);
        string hello = await peer.ReadLineAsync();
        if (hello.StartsWith("missing ", StringComparison.Ordinal))
        {
            await peer.DisposeAsync();
            return (null, hello);
        }

        peer.Hello = hello;
        return (peer, "");
    }

    /// <summary>The first line the script printed.</summary>
    public string Hello { get; private set; } = "";

    public async Task<string> ReadLineAsync()
        => await _process.StandardOutput.ReadLineAsync().WaitAsync(LineTimeout)
            ?? throw new InvalidOperationException($"the python peer ended; its errors are on standard error (exit {_process.HasExited})");

    public async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public async Task<string> AskAsync(string line)
    {
        await TellAsync(line);
        return await ReadLineAsync();
    }

    public Task WaitForExitAsync() => _process.WaitForExitAsync().WaitAsync(LineTimeout);

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }
}
